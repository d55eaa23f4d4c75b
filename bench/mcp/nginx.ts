import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventually, freePorts } from '../../test/programs.ts'

export type Nginx = {
  readonly pid: number
  readonly plainUrl: string
  readonly guardedUrl: string
  readonly stop: () => Promise<void>
}

/** nginx in front of the same server: as it is, and asking a Node service about each call. Null: there is none here. */
export async function startNginx(upstream: string, authService: string): Promise<Nginx | null> {
  if (spawnSync('nginx', ['-v']).error !== undefined) return null
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const [port = 0] = await freePorts(1)
  await writeFile(join(folder, 'nginx.conf'), configFor(folder, port, new URL(upstream), new URL(authService)))
  const child: ChildProcess = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: 'ignore' })
  const base = `http://127.0.0.1:${port}`
  const isThere = () =>
    fetch(`${base}/plain`, { method: 'POST', body: '{}' }).then(
      () => true,
      () => false,
    )
  await eventually(isThere, 'nginx listens')
  return {
    pid: child.pid ?? -1,
    plainUrl: `${base}/plain`,
    guardedUrl: `${base}/guarded`,
    stop: async () => {
      child.kill('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One process, keep-alive to both, answers not buffered: what a careful operator would write. */
const configFor = (folder: string, port: number, upstream: URL, auth: URL): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder};
  proxy_temp_path ${folder};
  fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder};
  scgi_temp_path ${folder};
  keepalive_requests 1000000;
  upstream mcp { server ${upstream.host}; keepalive 64; }
  upstream auth { server ${auth.host}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_buffering off;
    location /plain { proxy_pass http://mcp${upstream.pathname}; }
    location /guarded { auth_request /auth; proxy_pass http://mcp${upstream.pathname}; }
    location = /auth {
      internal;
      proxy_pass http://auth${auth.pathname};
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
}
`
