import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/**
 * Every check of the project in one go, each with its heading, and one closing line over all of them. Arguments go to
 * vitest (`npm test -- src/keys`).
 */
const started = performance.now()
const scratch = mkdtempSync(path.join(os.tmpdir(), 'ostiary-check-'))
const bin = (name: string) => path.join('node_modules', '.bin', name)

type Outcome = { readonly ok: boolean; readonly output: string; readonly seconds: number }

function run(command: string, args: readonly string[], show: 'live' | 'collected'): Promise<Outcome> {
  const began = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', show === 'live' ? 'inherit' : 'pipe', show === 'live' ? 'inherit' : 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk))
    const end = (ok: boolean, more = '') =>
      resolve({ ok, output: output + more, seconds: (performance.now() - began) / 1000 })
    child.on('error', (error) => end(false, error.message))
    child.on('close', (code) => end(code === 0))
  })
}

function heading(title: string, { ok, output, seconds }: Outcome): void {
  console.log(`\n== ${title}: ${ok ? 'ok' : 'FAILED'} (${seconds.toFixed(1)} s)`)
  if (!ok) console.log(output.trimEnd())
}

type Counts = {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** No test of it failed, but what prepares or clears away for them. */
  readonly isHook: boolean
}

/** Of each test file. Read before it is trusted: an aborted run leaves no report, and a file that cannot be loaded has no test in it. */
function countedIn(report: string): ReadonlyMap<string, Counts> | null {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
    const counts = new Map<string, Counts>()
    for (const { name, status, assertionResults } of testResults) {
      const of = (...states: readonly string[]): number =>
        assertionResults.filter((test: { readonly status: string }) => states.includes(test.status)).length
      const failed = of('failed')
      const isHook = status === 'failed' && failed === 0
      counts.set(name, {
        passed: of('passed'),
        failed: isHook ? 1 : failed,
        skipped: of('pending', 'skipped', 'todo'),
        isHook,
      })
    }
    return counts
  } catch {
    return null
  }
}

async function test(
  name: string,
  args: readonly string[],
): Promise<{ ok: boolean; counts: ReturnType<typeof countedIn> }> {
  const report = path.join(scratch, `${name}.json`)
  const reporting = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { ok } = await run(bin('vitest'), ['run', ...reporting, ...args], 'live')
  return { ok, counts: countedIn(report) }
}

/** Vitest tries tests again in CI, and not what prepares or clears away for them. */
const mostTriedAgain = 3

// Formatter, linter and compiler side by side; the tests after them, because some of them measure time.
const [style, types, pageTypes] = await Promise.all([
  run(
    bin('biome'),
    ['check', '--error-on-warnings', process.stdout.isTTY ? '--colors=force' : '--colors=off', '.'],
    'collected',
  ),
  run(bin('tsc'), ['-p', '.', '--pretty', String(process.stdout.isTTY === true)], 'collected'),
  run(bin('tsc'), ['-p', 'dashboard', '--pretty', String(process.stdout.isTTY === true)], 'collected'),
])
heading('format and lint', style)
heading('types', types)
heading('types of the dashboard', pageTypes)

console.log('\n== tests')
const tests = await test('all', process.argv.slice(2))
const counts = new Map(tests.counts)
const failing = [...counts].filter(([, { failed }]) => failed > 0)
let isOk = tests.ok
const isTriedAgain = failing.length > 0 && failing.length <= mostTriedAgain && failing.every(([, { isHook }]) => isHook)
if (process.env['CI'] && isTriedAgain) {
  const files = failing.map(([name]) => path.relative('.', name))
  console.log(`\n== tried once more, alone: ${files.join(', ')}`)
  const again = await test('again', [...files, '--maxWorkers=1'])
  for (const [name, count] of again.counts ?? []) counts.set(name, count)
  isOk = again.ok
}
rmSync(scratch, { recursive: true, force: true })
const sum = (of: 'passed' | 'failed' | 'skipped'): number =>
  [...counts.values()].reduce((all, count) => all + count[of], 0)
const [passed, failedTests, skipped] = [sum('passed'), sum('failed'), sum('skipped')]

const failedChecks = [style, types, pageTypes].filter(({ ok }) => !ok).length
// A run that fails without a failed test (an unhandled error, for one) must not read as a pass.
const failed = failedTests + failedChecks + (isOk || failedTests > 0 ? 0 : 1)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(
  `\nformat and lint ${style.ok ? 'ok' : 'FAILED'} · types ${types.ok && pageTypes.ok ? 'ok' : 'FAILED'} · ${((performance.now() - started) / 1000).toFixed(0)} s`,
)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
