import { type Program, root, startListening, startNode } from './programs.ts'

/** Other people's servers, as their users run them. */
const official = (name: string) => `${root}node_modules/@modelcontextprotocol/server-${name}/dist/index.js`

/** `mark` is an argument that the server does not look at: by it its process is found. */
export const overStdio = (name: string, args: readonly string[], mark: string) => ({
  type: 'stdio' as const,
  command: process.execPath,
  args: [official(name), ...args, mark],
})

export type Running = { readonly url: string; readonly program: Program; readonly stop: () => Promise<unknown> }

/** server-everything over HTTP+SSE; `again`: on the port that it had before. */
export async function startEverythingOverSse(again: number | null = null): Promise<Running> {
  const { port, program } = await startListening(
    (free) => startNode([official('everything'), 'sse'], { PORT: String(again ?? free) }),
    (free) => `http://127.0.0.1:${again ?? free}/`,
    'server-everything listens',
  )
  return { url: `http://127.0.0.1:${again ?? port}/sse`, program, stop: () => program.stop(2000) }
}

const fastmcp = `
  import { FastMCP } from 'fastmcp'
  const server = new FastMCP({
    name: 'fast',
    version: '1.0.0',
    authenticate: async (request) => {
      if (request.headers.authorization !== 'Bearer ' + process.env.WANTED) throw new Response(null, { status: 401 })
      return { user: 'ada' }
    },
  })
  server.addTool({
    name: 'whoami',
    description: 'Says who asks',
    execute: async (_input, { session }) => session.user + ' with ' + process.env.WANTED,
  })
  await server.start({ transportType: 'httpStream', httpStream: { port: Number(process.env.PORT), host: '127.0.0.1' } })`

/** A server of another framework that wants a bearer token; its one tool repeats it. */
export async function startFastmcp(token: string): Promise<Running> {
  const urlOf = (port: number) => `http://127.0.0.1:${port}/mcp`
  const { port, program } = await startListening(
    (on) => startNode(['--input-type=module', '-e', fastmcp], { PORT: String(on), WANTED: token }),
    urlOf,
    'fastmcp listens',
  )
  return { url: urlOf(port), program, stop: () => program.stop(2000) }
}
