import path from 'node:path'
import type { Disk } from './disk.ts'

/**
 * `<data>/spool/<gateway>/<boot>/<number>-<first>.jsonl`: calls of one life of a process, in the order in which they
 * were written. `first` is the `seq` that the first record in it has or would have, so that what was before it is known
 * when it is gone.
 */
export type Segment = {
  readonly file: string
  readonly number: number
  readonly first: number
  /** `seq` of the last record in it, `first - 1` while there is none. */
  last: number
  bytes: number
  /** So much of it outlasts a power cut. */
  durable: number
}

/** The calls of one life of a process. */
export type Boot = {
  readonly id: string
  readonly folder: string
  /** In order; those whose records are counted are gone from the front. */
  segments: Segment[]
}

const form = /^(\d{6})-(\d{16})\.jsonl$/
const bootForm = /^[0-9A-Za-z_-]{1,64}$/

export const segmentFile = (folder: string, number: number, first: number): string =>
  path.join(folder, `${String(number).padStart(6, '0')}-${String(first).padStart(16, '0')}.jsonl`)

/** Of processes that have ended. */
export function formerBoots(disk: Disk, directory: string, own: string): Boot[] {
  return disk
    .namesIn(directory)
    .filter((id) => id !== own && bootForm.test(id))
    .map((id) => bootIn(disk, path.join(directory, id), id))
    .filter((boot) => boot !== null)
}

function bootIn(disk: Disk, folder: string, id: string): Boot | null {
  try {
    const segments = disk
      .namesIn(folder)
      .toSorted()
      .flatMap((name) => {
        const [, number, first] = form.exec(name) ?? []
        return number === undefined ? [] : [segmentOf(disk, folder, Number(number), Number(first))]
      })
    return { id, folder, segments }
  } catch (error) {
    // A file that lies there is none of ours.
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return null
    throw error
  }
}

function segmentOf(disk: Disk, folder: string, number: number, first: number): Segment {
  const file = segmentFile(folder, number, first)
  const bytes = disk.sizeOf(file)
  return { file, number, first, last: first - 1, bytes, durable: bytes }
}

export const bytesOf = ({ segments }: Boot): number => segments.reduce((sum, { bytes }) => sum + bytes, 0)
