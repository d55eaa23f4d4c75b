import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, nodeEnvironment, startNode } from '../../test/programs.ts'
import type { Contender } from '../rounds.ts'

const wanted = '@portkey-ai/gateway@1.15.2'

export type Peer = { readonly contender: Contender; readonly stop: () => Promise<unknown> }

/** Portkey's gateway, from npm, in a folder of its own; a sentence where it cannot be had. */
export async function startPortkey(provider: string): Promise<Peer | string> {
  const folder = await mkdtemp(join(tmpdir(), 'portkey-'))
  const npm = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', wanted]
  const remove = () => rm(folder, { recursive: true, force: true })
  if (spawnSync('npm', npm, { env: nodeEnvironment(), stdio: 'ignore' }).status !== 0) {
    await remove()
    return `${wanted} could not be installed`
  }
  const [port = 0] = await freePorts(1)
  const entry = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js')
  const program = startNode([entry, `--port=${port}`, '--headless'], {}, { quiet: true })
  const stop = () => program.stop(2000).then(remove, remove)
  const url = `http://127.0.0.1:${port}/v1/chat/completions`
  const headers = {
    authorization: 'Bearer sk-bench',
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': provider.replace('/chat/completions', ''),
  }
  if (await answers(url, headers)) return { contender: { name: 'Portkey', pid: program.pid, url, headers }, stop }
  await stop()
  return `${wanted} did not answer`
}

async function answers(url: string, headers: Record<string, string>): Promise<boolean> {
  const body = JSON.stringify({ model: 'bench-model', messages: [{ role: 'user', content: 'hi' }] })
  for (let attempt = 0; attempt < 75; attempt += 1) {
    try {
      const sent = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
      })
      await sent.text()
      if (sent.status === 200) return true
    } catch {
      // Not listening yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return false
}
