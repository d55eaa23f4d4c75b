import { SdkHttpError } from '@modelcontextprotocol/client'
import { ProtocolError } from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Members } from '../stdio/message.ts'
import { aimedAt, askAimed, isAimed, paramsFor } from './calls.ts'
import type { Channel, Exchange } from './exchange.ts'
import { saidBy } from './failure.ts'
import { gatherList, isList } from './lists.ts'
import { problemBehind } from './undelivered.ts'

export type RespondDeps = Parameters<typeof gatherList>[0]
/** Asks the one server that a message is for; how, its era and that of the client decide. */
export type AskOne = (server: ServerRecord, params: Members) => Promise<Members>

export const capabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
  logging: {},
  completions: {},
}
export const serverInfo = (software: string) => ({ name: 'ostiary', version: software })

export const isAnswered = (method: string): boolean => isList(method) || isAimed(method)

/** The result of one request, from whichever servers it concerns. */
export async function respond(
  deps: RespondDeps,
  exchange: Exchange,
  channel: Channel,
  askOne: AskOne,
): Promise<Members> {
  const { method } = exchange.message
  try {
    if (isList(method)) return await gatherList(deps, exchange, channel, method)
    if (!isAimed(method)) throw new ProtocolError(-32601, 'Method not found')
    const { server, name } = aimedAt(exchange)
    return await askAimed(server, () => watched(exchange, channel, askOne(server, paramsFor(exchange, name))))
  } catch (error) {
    const problem = problemBehind(error)
    if (problem !== null) exchange.note(problem)
    throw error
  }
}

/**
 * Due is what was asked: of a client that leaves as well, and of a server that answers with an error of its own. Not
 * what was not answered, and not a question back: the call is paid for when it is over.
 */
async function watched({ asked }: Exchange, { signal }: Channel, asking: Promise<Members>): Promise<Members> {
  asked.isDue = true
  asked.over = asking.catch(() => {})
  try {
    const result = await asking
    if (result['resultType'] === 'input_required') asked.isDue = false
    return result
  } catch (error) {
    if (!signal.aborted) asked.isDue = isAnswer(error)
    throw error
  }
}

const isAnswer = (error: unknown): boolean => saidBy(error) !== null && !(error instanceof SdkHttpError)
