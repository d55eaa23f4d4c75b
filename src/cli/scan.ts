import { statSync } from 'node:fs'
import { type Exit, exit } from './exit.ts'
import { plain, printJson } from './print.ts'
import { type Finding, filesBelow, type Scanned, type Skipped, scanFile, scanStream } from './scan-files.ts'
import { scanStaged } from './scan-staged.ts'
import type { Terminal } from './terminal.ts'

export type ScanOptions = {
  readonly staged?: boolean | undefined
  readonly stdin?: boolean | undefined
  readonly json?: boolean | undefined
}
type Out = Pick<Terminal, 'out' | 'err'>

/** Looks for tokens of an Ostiary that are whole. Speaks to nobody: it runs where secrets are about to leave. */
export async function scan(
  terminal: Out,
  stdin: AsyncIterable<Buffer>,
  paths: readonly string[],
  options: ScanOptions,
): Promise<Exit> {
  const wrong = wrongUsage(paths, options)
  if (wrong !== null) {
    terminal.err(`ostiary: ${plain(wrong)} (usage)\n`)
    return exit.usage
  }
  const { scanned, report } = createReport(terminal, options.json ?? false)
  try {
    if (options.staged) await scanStaged(scanned)
    else if (options.stdin) await scanStream('(stdin)', stdin, scanned, { anyBytes: true })
    else
      for (const place of paths.length === 0 ? ['.'] : paths)
        for (const named of filesBelow(place, scanned.skipped)) scanFile(named, scanned)
  } catch (error) {
    terminal.err(`ostiary: ${plain(error instanceof Error ? error.message : String(error))} (failed)\n`)
    return exit.failed
  }
  return report()
}

function wrongUsage(paths: readonly string[], { staged, stdin }: ScanOptions): string | null {
  if ([staged, stdin, paths.length > 0].filter(Boolean).length > 1)
    return 'Give paths, --staged or --stdin, one of them.'
  const missing = paths.find((place) => statSync(place, { throwIfNoEntry: false }) === undefined)
  return missing === undefined ? null : `There is no ${missing}.`
}

const words = {
  key: 'a key',
  'url-key': 'a URL key',
  'management-token': 'a management token',
  'gateway-token': 'a gateway token',
  'child-token': 'a child token',
} as const
const wordOf = (kind: Finding['kind']): string =>
  Object.hasOwn(words, kind) ? words[kind as keyof typeof words] : kind

/** As it goes in words, so that nothing grows with what is found; as JSON at the end. */
function createReport({ out, err }: Out, isJson: boolean): { scanned: Scanned; report: () => Exit } {
  const findings: Finding[] = []
  const left: Skipped[] = []
  let [found, unread, files] = [0, 0, 0]
  const scanned: Scanned = {
    found: (finding) => {
      found += 1
      if (isJson) return void findings.push(finding)
      const { file, line, column, preview, kind } = finding
      out(`${plain(file)}:${line}:${column}  ${preview}  ${wordOf(kind)}\n`)
    },
    skipped: (skipped) => {
      if (skipped.reason === 'not readable') unread += 1
      if (isJson) return void left.push(skipped)
      if (skipped.reason !== 'binary') err(`ostiary: ${plain(skipped.file)} was left out: it is ${skipped.reason}.\n`)
    },
    looked: () => {
      files += 1
    },
  }
  const report = (): Exit => {
    const clean = found === 0 && unread === 0
    if (isJson) printJson({ out }, { clean, findings, files, skipped: left })
    else if (found > 0) err(`${found} ${found === 1 ? 'secret' : 'secrets'} found in ${files} files. ${wayOut}\n`)
    // What could not be looked at is not known to be clean.
    return clean ? exit.done : exit.failed
  }
  return { scanned, report }
}

const wayOut = 'Take them out, then replace each: whoever has seen it can use it.'
