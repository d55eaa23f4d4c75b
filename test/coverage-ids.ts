/**
 * Lists the ids of the requirements (A01…E69, M1…, R1…, G1…G12) that no test names.
 * `npm run coverage:ids [-- --requirements FILE]`; without the file it says so and ends well, because the list of
 * promises is kept outside this repository.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const flag = process.argv.indexOf('--requirements')
const file = flag > 0 ? process.argv[flag + 1] : path.join(root, '..', 'shared', 'requirements.md')

if (!file || !existsSync(file)) {
  console.log('coverage:ids: no requirements file here, nothing to compare')
  process.exit(0)
}

const promised = [...readFileSync(file, 'utf8').matchAll(/^\| ([A-E]\d\d|M\d+|R\d+) \|/gm)].flatMap(
  ([, id]) => id ?? [],
)
const guarantees = Array.from({ length: 12 }, (_, n) => `G${n + 1}`)
const tests = execFileSync('git', ['ls-files', '*.test.ts', '*.test.tsx', 'test/**'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean)
const named = new Set(
  tests.flatMap(
    (test) => readFileSync(path.join(root, test), 'utf8').match(/\b(?:[A-E]\d\d|M\d{1,2}|R\d{1,2}|G\d{1,2})\b/g) ?? [],
  ),
)
const ids = [...guarantees, ...promised]
const missing = ids.filter((id) => !named.has(id))
for (let at = 0; at < missing.length; at += 16) console.log(missing.slice(at, at + 16).join(' '))
console.log(`${ids.length - missing.length} of ${ids.length} ids are named by a test, ${missing.length} are not`)
