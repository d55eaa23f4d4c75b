import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { root, startNode } from '../programs.ts'

export const revisions = ['2025-11-25', '2026-07-28'] as const
export type Revision = (typeof revisions)[number]
export type Target = { readonly url: string; readonly key?: string }
export const Check = z.object({
  id: z.string(),
  name: z.string(),
  status: z.string(),
  errorMessage: z.string().optional(),
})
export type Check = z.infer<typeof Check> & { readonly scenario: string }

const suite = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
const preload = fileURLToPath(new URL('./key-preload.ts', import.meta.url))

/** Runs the frozen set of one revision and reads the verdict of every single check. */
export async function runSuite(target: Target, revision: Revision): Promise<Check[]> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    const program = startNode(
      [suite, 'server', '--url', target.url, '--requirements', revision, '-o', folder],
      keyFor(target),
    )
    await program.ended
    const checks = await readChecks(folder)
    // The exit status only says that something failed; that nothing ran at all must not look like "no difference".
    if (checks.length === 0) throw new Error(`The suite reported nothing:\n${program.output().slice(-2000)}`)
    return checks
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const keyFor = ({ url, key }: Target): Record<string, string> =>
  key === undefined
    ? {}
    : {
        NODE_OPTIONS: `--import=${preload}`,
        CONFORMANCE_ORIGIN: new URL(url).origin,
        CONFORMANCE_KEY: key,
      }

async function readChecks(folder: string): Promise<Check[]> {
  const runs = await readdir(folder)
  const checks = await Promise.all(
    runs.map(async (run) => {
      const scenario = run.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT.*$/, '')
      const text = await readFile(join(folder, run, 'checks.json'), 'utf8')
      return z
        .array(Check)
        .parse(JSON.parse(text))
        .map((check) => ({ ...check, scenario }))
    }),
  )
  return checks.flat()
}
