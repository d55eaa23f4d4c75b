import {
  closeSync,
  fdatasync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { promisify } from 'node:util'

/** What the spool asks of the file system. What it cannot do it says as Node's own functions: by an exception. */
export type Disk = {
  /** Folder of the owner alone, with those above it. */
  readonly makeFolder: (folder: string) => void
  readonly namesIn: (folder: string) => readonly string[]
  readonly sizeOf: (file: string) => number
  /** A file of the owner alone that must not be there yet. */
  readonly create: (file: string) => number
  /** At that place of the file; says how much was written, which may be less. */
  readonly write: (fd: number, bytes: Uint8Array, from: number, at: number) => number
  readonly truncate: (fd: number, size: number) => void
  readonly sync: (fd: number) => Promise<void>
  readonly close: (fd: number) => void
  readonly read: (file: string, at: number, length: number) => Promise<Buffer>
  /** Whole or not at all, over a power cut too. */
  readonly put: (file: string, bytes: Uint8Array) => Promise<void>
  /** What was made in it and removed from it is so after a power cut. */
  readonly syncFolder: (folder: string) => Promise<void>
  readonly remove: (file: string) => Promise<void>
  /** An empty one. */
  readonly removeFolder: (folder: string) => void
}

const [dataSync, wholeSync] = [promisify(fdatasync), promisify(fsync)]

export const realDisk: Disk = {
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true, mode: 0o700 }),
  namesIn: (folder) => readdirSync(folder),
  sizeOf: (file) => statSync(file).size,
  create: (file) => openSync(file, 'wx', 0o600),
  write: (fd, bytes, from, at) => writeSync(fd, bytes, from, bytes.length - from, at),
  truncate: ftruncateSync,
  sync: dataSync,
  close: closeSync,
  read: async (file, at, length) => {
    const handle = await open(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, at)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  },
  put: async (file, bytes) => {
    const handle = await open(`${file}${halfDone}`, 'w', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(`${file}${halfDone}`, file)
  },
  syncFolder: async (folder) => {
    const handle = await open(folder, 'r')
    try {
      await wholeSync(handle.fd)
    } finally {
      await handle.close()
    }
  },
  remove: (file) => rm(file, { force: true }),
  removeFolder: (folder) => rmdirSync(folder),
}

/** End of the name of a file that is being written. */
const halfDone = '.tmp'
