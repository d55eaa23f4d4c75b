import { createReadStream } from 'node:fs'
import { isPublicKey } from '../audit/checkpoint.ts'
import { createLines } from '../audit/lines.ts'
import { createVerifier, type Report, type Verifier } from '../audit/verifier.ts'
import { anchorsIn } from './audit-anchors.ts'
import { connect, type Failure, usage } from './control.ts'
import { type Exit, exit } from './exit.ts'
import { plain, printFailure, printJson, type Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type AuditVerifyOptions = Style & {
  readonly publicKey?: readonly string[]
  readonly checkpoint?: readonly string[]
}

/**
 * Proves that nothing of the log was changed, dropped, reordered or cut off: of an export in a file, or of what control
 * has now. Exits 0 only when it is proved.
 */
export async function auditVerify(
  terminal: Terminal,
  file: string | undefined,
  options: AuditVerifyOptions,
): Promise<Exit> {
  const { publicKey: keys = [], checkpoint: files = [] } = options
  const wrongKey = keys.find((key) => !isPublicKey(key))
  if (wrongKey !== undefined)
    return printFailure(terminal, usage(`--public-key must be 43 characters of base64url, not "${wrongKey}".`), options)
  const anchors = anchorsIn(files)
  if (!anchors.ok) return printFailure(terminal, anchors, options)
  const verifier = createVerifier({ keys: keys.length > 0 ? keys : null, anchors: anchors.value })
  const failed = await (file === undefined ? fromControl(terminal, verifier) : fromFile(file, verifier))
  terminal.progress(null)
  if (!failed.ok) return printFailure(terminal, failed, options)
  const report = verifier.end()
  if (files.length > 0 && report.anchors === 0 && report.finding === null)
    return printFailure(terminal, usage('None of the checkpoints is of this organization.'), options)
  return show(terminal, report, { ...options, isPinned: keys.length > 0, isFile: file !== undefined })
}

type Read = Given<null>
const done: Read = { ok: true, value: null }

/** Lines as they come; what is no JSON is no part of an export, and the verifier says so. */
function feeding(verifier: Verifier, said: (lines: number) => void = () => {}) {
  const lines = createLines()
  let count = 0
  return {
    take: (piece: string): void => {
      for (const text of lines.take(piece)) {
        count += 1
        if (count % 10_000 === 0) said(count)
        if (text !== '') verifier.take(parsed(text))
      }
    },
    end: (): void => {
      if (lines.rest() !== '') verifier.take(parsed(lines.rest()))
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function fromControl(terminal: Terminal, verifier: Verifier): Promise<Read | Failure> {
  const control = connect(terminal)
  if ('ok' in control) return control
  const fed = feeding(verifier, (lines) => terminal.progress(`${lines} lines`))
  const answer = await control.download(
    { method: 'GET', path: '/audit-events/export', query: { format: 'ndjson' } },
    fed.take,
  )
  if (!answer.ok) return answer
  fed.end()
  return done
}

async function fromFile(file: string, verifier: Verifier): Promise<Read> {
  const fed = feeding(verifier)
  try {
    for await (const piece of createReadStream(file, 'utf8')) fed.take(piece)
  } catch {
    return usage(`${file} cannot be read.`)
  }
  fed.end()
  return done
}

type How = Style & { readonly isPinned: boolean; readonly isFile: boolean }

function show(terminal: Terminal, report: Report, { json, quiet, isPinned, isFile }: How): Exit {
  const { organization, after, head, finding, ...more } = report
  const isVerified = finding === null
  const end = isVerified ? exit.done : exit.failed
  if (json) {
    printJson(terminal, { verified: isVerified, organization, from: after.seq + 1, head, ...more, finding })
    return end
  }
  if (!isVerified) {
    terminal.out(`NOT VERIFIED (${finding.because}) at event ${finding.seq}: ${plain(finding.detail)}\n`)
    return end
  }
  if (quiet) return end
  terminal.out(verdict(report))
  if (!isPinned && isFile)
    terminal.err('The export itself says which key is right; --public-key <key> says it from outside.\n')
  return end
}

function verdict({ organization, after, head, confirmedUpTo, signingKeys }: Report): string {
  const range = after.seq === 0 ? `${head.seq} events` : `events ${after.seq + 1} to ${head.seq}`
  const waiting = head.seq - Math.max(confirmedUpTo, after.seq)
  return [
    `Verified: ${range} of ${plain(organization)}; nothing was changed, dropped, reordered or cut off.`,
    confirmedUpTo === 0 ? '  no checkpoint covers them yet' : `  confirmed up to event ${confirmedUpTo}`,
    ...(waiting > 0 && confirmedUpTo > 0 ? [`  ${waiting} newer events wait for their checkpoint`] : []),
    `  public key ${signingKeys.map(plain).join(', ')}`,
    `  ends with event ${head.seq}, ${head.hash}`,
    '',
  ].join('\n')
}
