import { eventually, freePorts, type Program, root, startNode } from './programs.ts'

const everything = `${root}node_modules/@modelcontextprotocol/server-everything/dist/index.js`
const filesystem = `${root}node_modules/@modelcontextprotocol/server-filesystem/dist/index.js`

/** The official reference servers as a user would register them. */
export const everythingOverStdio = { type: 'stdio', command: process.execPath, args: [everything, 'stdio'] } as const
export const filesystemOverStdio = (folder: string) =>
  ({ type: 'stdio', command: process.execPath, args: [filesystem, folder] }) as const

export async function startEverything(): Promise<{ url: string; program: Program; stop: () => Promise<unknown> }> {
  const [port = 0] = await freePorts(1)
  const program = startNode([everything, 'streamableHttp'], { PORT: String(port) })
  const url = `http://127.0.0.1:${port}/mcp`
  await eventually(
    () =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    'server-everything listens',
  )
  return { url, program, stop: () => program.stop(2_000) }
}
