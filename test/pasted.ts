import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { nodeEnvironment, root } from './programs.ts'

/** Shell blocks of a page, in order; `no-run` marks those that need what is not here. */
export async function blocksOf(page: string): Promise<string[]> {
  const text = await readFile(path.join(root, page), 'utf8')
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block ?? [])
}

/**
 * Runs them as somebody who pastes them, and who presses again where a busy machine answers "come again in a moment": curl
 * keeps to `Retry-After`. What they write to descriptor 3 is printed nowhere.
 */
export async function pasted(script: string, env: Record<string, string>) {
  const home = await mkdtemp(path.join(tmpdir(), 'pasted-'))
  await writeFile(path.join(home, '.curlrc'), 'retry = 5\n')
  const child = spawn('sh', ['-e', '-c', script], {
    cwd: root,
    env: nodeEnvironment({ ...env, CURL_HOME: home }),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own, so that npm's and npx's children go with it.
    detached: true,
  })
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 100_000)
  const said = ['', '', '', '']
  child.stdio.forEach((stream, at) => {
    stream?.on('data', (chunk: Buffer) => {
      said[at] += String(chunk)
    })
  })
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  await rm(home, { recursive: true, force: true })
  return { code, output: `${said[1]}${said[2]}`, aside: said[3] ?? '' }
}
