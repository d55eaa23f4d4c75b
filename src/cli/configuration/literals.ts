import { findSecrets } from '../../keys/recognise.ts'
import { secretNames } from '../../keys/secret-patterns.data.ts'
import type { Entry, Slip } from './schema.ts'
import type { Read } from './text.ts'

const never = 'a secret never stands in these files: say where it is, by {from: {env: NAME}}'

/** Between two texts: no pattern of a secret reaches over it. */
const gap = '\n\0\n'

/** Whatever looks like a secret, wherever it stands. In one pass: a file has a hundred thousand texts. */
export function literalsIn({ file, texts }: Read): Slip[] {
  const starts: number[] = []
  let length = 0
  for (const { text } of texts) {
    starts.push(length)
    length += text.length + gap.length
  }
  const found = findSecrets(texts.map(({ text }) => text).join(gap))
  return found.map(({ start, kind }) => {
    const line = texts[lastAtMost(starts, start)]?.line ?? 1
    return { file, line, detail: `looks like a secret (${kind}): ${never}` }
  })
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((sorted[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}

const secretWord =
  /(?:^|[_-])(?:token|key|apikey|secret|password|passwd|pwd|pass|sig|signature|auth|credential|bearer)$/i
const isSecretName = (name: string): boolean => secretWord.test(name) || secretNames.test(name)

/** Where a secret hides without a form of its own: in an address, or behind a flag of a command. */
export function hiddenIn(entry: Entry): Slip[] {
  if (entry.kind === 'provider') return slipsOf(entry, problemOfAddress(entry.entry.baseUrl ?? ''))
  if (entry.kind !== 'server') return []
  const { transport } = entry.entry
  if (transport.type !== 'stdio') return slipsOf(entry, problemOfAddress(transport.url))
  return slipsOf(entry, problemOfArguments(transport.args ?? []))
}

const slipsOf = ({ place }: Entry, problem: string | null): Slip[] =>
  problem === null ? [] : [{ ...place, detail: `${problem}: ${never}` }]

function problemOfAddress(text: string): string | null {
  const url = URL.parse(text)
  if (url === null) return null
  if (url.username !== '' || url.password !== '') return 'the address holds a user name or a password'
  const named = [...url.searchParams].find(([name, value]) => isSecretName(name) && value !== '')
  return named === undefined ? null : `the address holds "${named[0]}"`
}

function problemOfArguments(args: readonly string[]): string | null {
  for (const [at, text] of args.entries()) {
    const [, flag, given] = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(text) ?? []
    // `docker run -e TOKEN=…`, and an address that a bridge is to call.
    const [, named, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(given ?? text) ?? []
    if (named !== undefined && isSecretName(named) && value !== '') return heldBy(named)
    const problem = problemOfAddress(given ?? text)
    if (problem !== null) return problem
    if (flag === undefined || !isSecretName(flag)) continue
    const behind = given ?? args[at + 1]
    if (behind !== undefined && behind !== '' && !behind.startsWith('-')) return heldBy(flag)
  }
  return null
}

const heldBy = (name: string): string => `an argument holds the value of "${name}" (a command takes it from its env)`
