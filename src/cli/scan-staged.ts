import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { largestBytes, type Scanned, scanStream } from './scan-files.ts'

type Staged = { readonly file: string; readonly blob: string }

/**
 * What the next commit would hold of the files that it changes: from the index, so that neither what is on the disk nor
 * what was not added counts. No shell, and no name is an argument: contents are asked for by their hash.
 */
export async function scanStaged(scanned: Scanned): Promise<void> {
  const files = await stagedFiles()
  if (files.length > 0) await scanBlobs(files, scanned)
}

const failed = (said: Buffer): Error => new Error(`git: ${String(said).trim().split('\n')[0] || 'it ended early'}`)

/** Of the whole repository, whatever its settings say about how people like to see a change. */
const listing = ['-c', 'diff.relative=false', 'diff', '--cached', '--raw', '-z', '--no-renames', '--no-abbrev']

async function stagedFiles(): Promise<Staged[]> {
  // Elsewhere `git diff` is another program, which compares two files.
  await output(['rev-parse', '--git-dir'])
  // `:100644 100644 <old> <new> M`, NUL, name, NUL, and so on. Another repository (160000) has its own hook.
  const parts = String(await output([...listing, '--diff-filter=ACMT', '--no-ext-diff'])).split('\0')
  return parts.flatMap((part, at) => {
    const [, mode, blob] = at % 2 === 0 ? (/^:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) [A-Z]$/.exec(part) ?? []) : []
    const file = parts[at + 1]
    const isThere = blob !== undefined && !/^0+$/.test(blob) && mode !== '160000'
    return file !== undefined && isThere ? [{ file, blob }] : []
  })
}

async function output(args: readonly string[]): Promise<Buffer> {
  const git = spawn('git', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [code, out, said] = await Promise.all([endOf(git), buffer(git.stdout), buffer(git.stderr)])
  if (code !== 0) throw failed(said)
  return out
}

const endOf = (git: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((resolve, reject) => git.once('error', reject).once('close', resolve))

/** Answers each hash with `<hash> <type> <size>`, a line feed, so many bytes, and a line feed. */
async function scanBlobs(files: readonly Staged[], scanned: Scanned): Promise<void> {
  const git = spawn('git', ['cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = Promise.all([endOf(git), buffer(git.stderr)])
  // One that ends early says so by its code.
  git.stdin.on('error', () => {})
  git.stdin.end(files.map(({ blob }) => `${blob}\n`).join(''))
  const answers = createIntake(git.stdout)
  let done = 0
  for (const { file } of files) {
    const [, type, size] = (await answers.line())?.split(' ') ?? []
    if (type !== 'blob') break
    const content = answers.bytes(Number(size))
    if (Number(size) <= largestBytes) await scanStream(file, content, scanned)
    else {
      for await (const _ of content);
      scanned.skipped({ file, reason: 'too large' })
    }
    await answers.line()
    done += 1
  }
  const [code, said] = await ended
  if (code !== 0 || done < files.length) throw failed(said)
}

type Intake = {
  /** Null at the end. */
  readonly line: () => Promise<string | null>
  readonly bytes: (count: number) => AsyncGenerator<Buffer>
}

function createIntake(stream: AsyncIterable<Buffer>): Intake {
  const pieces = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const { done, value } = await pieces.next()
    if (!done) rest = rest.length === 0 ? value : Buffer.concat([rest, value])
    return !done
  }
  return {
    line: async () => {
      for (;;) {
        const end = rest.indexOf('\n')
        if (end === -1) {
          if (await more()) continue
          return null
        }
        const line = String(rest.subarray(0, end))
        rest = rest.subarray(end + 1)
        return line
      }
    },
    bytes: async function* (count) {
      for (let left = count; left > 0; ) {
        if (rest.length === 0 && !(await more())) return
        const piece = rest.subarray(0, left)
        rest = rest.subarray(piece.length)
        left -= piece.length
        yield piece
      }
    },
  }
}
