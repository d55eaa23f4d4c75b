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
const report = path.join(scratch, 'vitest.json')
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

/** Read before it is trusted: an aborted run leaves no report, and a file that cannot be loaded has no test in it. */
function counted(): { passed: number; failed: number; skipped: number } {
  try {
    const result: Record<string, unknown> = JSON.parse(readFileSync(report, 'utf8'))
    const count = (name: string) => Number(result[name] ?? 0)
    const files = Array.isArray(result['testResults']) ? result['testResults'] : []
    const broken = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
    return {
      passed: count('numPassedTests'),
      failed: count('numFailedTests') + broken,
      skipped: count('numPendingTests') + count('numTodoTests'),
    }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

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
const vitest = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)]
const tests = await run(bin('vitest'), vitest, 'live')
const { passed, failed: failedTests, skipped } = counted()
rmSync(scratch, { recursive: true, force: true })

const failedChecks = [style, types, pageTypes].filter(({ ok }) => !ok).length
// A run that fails without a failed test (an unhandled error, for one) must not read as a pass.
const failed = failedTests + failedChecks + (tests.ok || failedTests > 0 ? 0 : 1)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(
  `\nformat and lint ${style.ok ? 'ok' : 'FAILED'} · types ${types.ok && pageTypes.ok ? 'ok' : 'FAILED'} · ${((performance.now() - started) / 1000).toFixed(0)} s`,
)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
