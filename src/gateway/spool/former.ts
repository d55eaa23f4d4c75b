import type { Disk } from './disk.ts'
import { type Boot, type Segment, segmentFile } from './layout.ts'
import { doneLine, isSound, linesOf, membersOf } from './pieces.ts'

type Deps = {
  readonly disk: Disk
  readonly log: { readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/**
 * Ends the calls of a process that was killed: what it had opened and not ended is written behind the rest, as it stood
 * there. One file, there whole or not at all, and with it nothing is open any more: killed meanwhile and begun again,
 * this writes the same, or finds nothing to write. Answers the last `seq`.
 */
export async function endBoot({ disk, log }: Deps, boot: Boot): Promise<number> {
  const open = new Map<number, string>()
  let last = Math.max(0, (boot.segments[0]?.first ?? 1) - 1)
  for (const segment of boot.segments) {
    last = await scan(disk, segment, open, Math.max(last, segment.first - 1))
    segment.last = last
  }
  const texts: string[] = []
  const first = last + 1
  for (const [place, members] of [...open].toSorted(([one], [other]) => one - other)) {
    const text = doneLine(last + 1, place, members)
    if (isSound(text)) {
      texts.push(`${text}\n`)
      last += 1
    } else log.warn({ boot: boot.id, place }, 'spool: an open record cannot be read, and is left out')
  }
  if (texts.length === 0) return last
  const number = (boot.segments.at(-1)?.number ?? 0) + 1
  const [file, bytes] = [segmentFile(boot.folder, number, first), Buffer.from(texts.join(''))]
  await disk.put(file, bytes)
  await disk.syncFolder(boot.folder)
  boot.segments.push({ file, number, first, last, bytes: bytes.length, durable: bytes.length })
  log.warn({ boot: boot.id, records: texts.length }, 'spool: calls ended with the process, and count as reserved')
  return last
}

const readBytes = 1024 * 1024

/** The last `seq` in it, or that before it. */
async function scan(disk: Disk, segment: Segment, open: Map<number, string>, before: number): Promise<number> {
  let [last, at] = [before, 0]
  while (at < segment.bytes) {
    const length = Math.min(readBytes, segment.bytes - at)
    const buffer = await disk.read(segment.file, at, length)
    if (buffer.length === 0) break
    for (const { start, end, seq, place } of linesOf(buffer)) {
      if (seq === 0) open.set(place, membersOf(buffer.toString('utf8', start, end), place))
      else if (seq > last) {
        last = seq
        open.delete(place)
      }
    }
    const whole = buffer.lastIndexOf(0x0a) + 1
    // Torn, and the last there is; or longer than any line of ours.
    at += whole > 0 ? whole : buffer.length
  }
  return last
}
