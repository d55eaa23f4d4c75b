import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RootDisk } from './root.ts'

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

/** The disk as it is. The file appears whole or not at all, and a power cut after `createPrivate` cannot take it back. */
export const rootDisk: RootDisk = {
  read: async (file) => {
    try {
      return await readFile(file, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  },
  createPrivate: async (file, text) => {
    const folder = dirname(file)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // The folder may have stood before us, with whatever mode.
    await chmod(folder, 0o700)
    const draft = `${file}.${process.pid}.new`
    await writePrivate(draft, text)
    try {
      // A link, not a rename: it fails where a root already stands, whoever wrote it, and never shows half a file.
      await link(draft, file)
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return 'exists'
      throw error
    } finally {
      await rm(draft, { force: true })
    }
    await syncFolder(folder)
    await syncFolder(dirname(folder))
    return 'created'
  },
}

async function writePrivate(file: string, text: string): Promise<void> {
  // What a process with our pid left behind was never linked, so it is nobody's root; wx so that no link is followed.
  await rm(file, { force: true })
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The name of a new file is durable only when its directory is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
