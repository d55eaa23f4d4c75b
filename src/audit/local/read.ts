import { createReadStream } from 'node:fs'
import { type FileHandle, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { createLines } from '../lines.ts'
import { fileNamed, inOrder, isOrganization, type Line, type LogFile, parseLine } from './layout.ts'

export type Place = LogFile & {
  readonly gateway: string
  readonly organization: string
  readonly path: string
}

/** Every file of every gateway, oldest first for each organization; none: there is no log. */
export async function placesIn(root: string): Promise<Place[]> {
  const places: Place[] = []
  for (const gateway of await foldersIn(root))
    for (const organization of await foldersIn(path.join(root, gateway)))
      places.push(...(await filesOf(root, gateway, organization)))
  return places
}

export async function filesOf(root: string, gateway: string, organization: string): Promise<Place[]> {
  if (!isOrganization(organization)) return []
  const folder = path.join(root, gateway, organization)
  const files = (await readdir(folder)).flatMap((name) => fileNamed(name) ?? []).toSorted(inOrder)
  return files.map((file) => ({ ...file, gateway, organization, path: path.join(folder, file.name) }))
}

export async function foldersIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** In the order in which they were written; null for a line that was torn. */
export async function* linesOf(file: string): AsyncIterable<Line | null> {
  const lines = createLines()
  for await (const piece of createReadStream(file, 'utf8')) for (const text of lines.take(piece)) yield parseLine(text)
  if (lines.rest() !== '') yield null
}

export type End = { readonly last: Line | null; readonly size: number; readonly wholeSize: number }

const firstLook = 65_536

/** The last line that is whole, and how many bytes end with it: what a crash has torn comes after. */
export async function endOf(file: string): Promise<End> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    for (let length = Math.min(firstLook, size); ; length = Math.min(length * 4, size)) {
      const found = lastIn(await bytesAt(handle, size - length, length), length === size)
      if (found || length === size) return { last: found?.last ?? null, size, wholeSize: size - (found?.after ?? size) }
    }
  } finally {
    await handle.close()
  }
}

async function bytesAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}

const lineEnd = 0x0a

/** `after`: bytes behind the line. Null: no whole line begins in there. */
function lastIn(bytes: Buffer, isWhole: boolean): { last: Line; after: number } | null {
  for (let end = bytes.lastIndexOf(lineEnd); end >= 0; ) {
    const before = end === 0 ? -1 : bytes.lastIndexOf(lineEnd, end - 1)
    if (before < 0 && !isWhole) return null
    const last = parseLine(bytes.toString('utf8', before + 1, end))
    if (last) return { last, after: bytes.length - end - 1 }
    end = before
  }
  return null
}
