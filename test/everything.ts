import { type Program, root, startListening, startNode } from './programs.ts'

const everything = `${root}node_modules/@modelcontextprotocol/server-everything/dist/index.js`
const filesystem = `${root}node_modules/@modelcontextprotocol/server-filesystem/dist/index.js`

/** The official reference servers as a user would register them. */
export const everythingOverStdio = { type: 'stdio', command: process.execPath, args: [everything, 'stdio'] } as const
export const filesystemOverStdio = (folder: string) =>
  ({ type: 'stdio', command: process.execPath, args: [filesystem, folder] }) as const

export async function startEverything(): Promise<{ url: string; program: Program; stop: () => Promise<unknown> }> {
  const urlOf = (port: number) => `http://127.0.0.1:${port}/mcp`
  const { port, program } = await startListening(
    (on) => startNode([everything, 'streamableHttp'], { PORT: String(on) }),
    urlOf,
    'server-everything listens',
  )
  return { url: urlOf(port), program, stop: () => program.stop(2_000) }
}
