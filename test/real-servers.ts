import { eventually, freePorts, type Program, root, startNode } from './programs.ts'

/** Other people's servers, as their users run them. */
const official = (name: string) => `${root}node_modules/@modelcontextprotocol/server-${name}/dist/index.js`

/** `mark` is an argument that the server does not look at: by it its process is found. */
export const overStdio = (name: string, args: readonly string[], mark: string) => ({
  type: 'stdio' as const,
  command: process.execPath,
  args: [official(name), ...args, mark],
})

export type Running = { readonly url: string; readonly program: Program; readonly stop: () => Promise<unknown> }

const listening = (url: string) => () =>
  fetch(url, { method: 'HEAD' }).then(
    () => true,
    () => false,
  )

/** server-everything over HTTP+SSE; `again`: on the port that it had before. */
export async function startEverythingOverSse(again: number | null = null): Promise<Running> {
  const [free = 0] = await freePorts(1)
  const port = again ?? free
  const program = startNode([official('everything'), 'sse'], { PORT: String(port) })
  const origin = `http://127.0.0.1:${port}`
  await eventually(listening(`${origin}/`), 'server-everything listens')
  return { url: `${origin}/sse`, program, stop: () => program.stop(2000) }
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
  const [port = 0] = await freePorts(1)
  const program = startNode(['--input-type=module', '-e', fastmcp], { PORT: String(port), WANTED: token })
  const url = `http://127.0.0.1:${port}/mcp`
  await eventually(listening(url), 'fastmcp listens')
  return { url, program, stop: () => program.stop(2000) }
}
