import { z } from 'zod'
import { AddressRule, Choice, ProjectNames, plainText, ToolChoices } from '../keys/schema.ts'
import { type ChoiceFields, toolsAfter } from './choice-facts.ts'
import { choice, oneOfThree, serverChoice, toolChoices, toolsDefaultOf } from './choices.ts'
import { type Control, usage } from './control.ts'
import { inputOf, names, present, together } from './input.ts'
import type { KeyFields } from './key-facts.ts'
import type { Refs } from './refs.ts'
import type { One } from './resource.ts'
import { serverIdsOf } from './server-ids.ts'
import { byComma, type Given } from './values.ts'

/** What a key may do, as options say it: each names one part, and what is not named is left alone. */
export type ScopeOptions = {
  readonly projects?: string
  readonly mixedEnvironmentsReason?: string
  readonly servers?: string
  readonly exceptServers?: string
  readonly tools?: readonly string[]
  readonly toolsDefault?: string
  readonly providers?: string
  readonly models?: string
  readonly gateways?: string
  readonly addresses?: string
}

const Parts = z.strictObject({
  projects: ProjectNames.optional(),
  mixedEnvironments: plainText.min(1).nullable().optional(),
  servers: Choice.optional(),
  tools: ToolChoices.optional(),
  toolsDefault: Choice.optional(),
  providers: Choice.optional(),
  models: Choice.optional(),
  gateways: Choice.optional(),
  addresses: AddressRule.optional(),
})
export type Parts = z.infer<typeof Parts>

const sentences = {
  projects: '--projects must be slugs or ids by comma, 100 at most, or none.',
  mixedEnvironments: '--mixed-environments-reason must be 1 to 2000 visible characters.',
  servers: oneOfThree('--servers'),
  tools: '--tools takes names of tools of 128 characters at most.',
  providers: oneOfThree('--providers'),
  models: oneOfThree('--models', 'models'),
  gateways: oneOfThree('--gateways', 'names'),
  addresses: '--addresses must be addresses or CIDRs by comma, 1000 at most; leave it out for any address.',
}

export function scopeParts(options: ScopeOptions): Given<Parts> {
  const fields = together({
    projects: names('--projects', options.projects),
    servers: serverChoice(options),
    tools: toolChoices(options.tools),
    toolsDefault: toolsDefaultOf(options.toolsDefault),
    providers: choice('--providers', options.providers),
    models: choice('--models', options.models, 'models'),
    gateways: choice('--gateways', options.gateways, 'names'),
    addresses: addressRule(options.addresses),
  })
  if (!fields.ok) return fields
  const { mixedEnvironmentsReason: reason } = options
  return inputOf(Parts, { ...fields.value, mixedEnvironments: reason === 'none' ? null : reason }, sentences)
}

function addressRule(text: string | undefined): Given<AddressRule | undefined> {
  if (text === undefined) return { ok: true, value: undefined }
  if (text === 'any') return { ok: true, value: { mode: 'any' } }
  const cidrs = byComma(text)
  return cidrs.length === 0 ? usage(sentences.addresses) : { ok: true, value: { mode: 'only', cidrs } }
}

const needsServers = '--tools and --tools-default need --servers: the MCP servers that the key may call.'
const needsProviders = '--models needs --providers: the LLM providers that the key may call.'

/** Of a new key: `mcp` and `llm` stay off where nothing of them is said. */
export function newScope(parts: Parts): Given<object> {
  const { servers, tools, toolsDefault, providers, models, ...others } = parts
  if (servers === undefined && (tools ?? toolsDefault) !== undefined) return usage(needsServers)
  if (providers === undefined && models !== undefined) return usage(needsProviders)
  const mcp = servers && present({ servers, tools, toolsDefault })
  const llm = providers && present({ providers, models })
  return { ok: true, value: present({ ...others, mcp, llm }) }
}

/** `mcp` and `llm` are replaced as a whole, so the parts that were not named have to come from the key as it is. */
export const needsKey = (parts: Parts): boolean => concernsMcp(parts) || concernsLlm(parts)

const concernsMcp = ({ servers, tools, toolsDefault }: Parts) => (servers ?? tools ?? toolsDefault) !== undefined
const concernsLlm = ({ providers, models }: Parts) => (providers ?? models) !== undefined

export async function scopeAfter(
  control: Control,
  parts: Parts,
  { item: key, refs }: Pick<One<KeyFields>, 'item' | 'refs'>,
): Promise<Given<object>> {
  const { servers, tools, toolsDefault, providers, models, ...others } = parts
  if (concernsMcp(parts) && servers === undefined && !key.mcp.enabled) return usage(needsServers)
  if (concernsLlm(parts) && providers === undefined && !key.llm?.enabled) return usage(needsProviders)
  const mcp = concernsMcp(parts) ? await mcpAfter(control, parts, key, refs) : null
  if (mcp?.ok === false) return mcp
  const llm = concernsLlm(parts) ? llmAfter(parts, key) : undefined
  return { ok: true, value: present({ ...others, mcp: mcp?.value, llm }) }
}

/** What was switched off comes back as new: its parts said nothing. */
async function mcpAfter(control: Control, parts: Parts, { mcp }: KeyFields, refs: Refs): Promise<Given<object>> {
  const { servers, tools = {}, toolsDefault } = parts
  if (!mcp.enabled) return { ok: true, value: present({ servers, tools: parts.tools, toolsDefault }) }
  const choice = await byId(control, servers, Object.keys(mcp.tools))
  if (!choice.ok) return choice
  const admitted: ChoiceFields = choice.value ?? mcp.servers
  // Control takes no list of tools for a server that is not admitted.
  const kept = Object.entries(mcp.tools).filter(([id]) => admits(admitted, id, refs))
  const after = { ...mcp, ...present({ servers: choice.value, toolsDefault }) }
  return { ok: true, value: { ...after, tools: toolsAfter(Object.fromEntries(kept), tools, refs) } }
}

/** A server that stays under another of its slugs must not lose its list of tools: it would get those of the default. */
async function byId(
  control: Control,
  choice: Choice | undefined,
  held: readonly string[],
): Promise<Given<Choice | undefined>> {
  if (choice?.mode !== 'only' || held.length === 0) return { ok: true, value: choice }
  const ids = await serverIdsOf(control, choice.items)
  return ids.ok ? { ok: true, value: { mode: 'only', items: ids.value } } : ids
}

const llmAfter = ({ providers, models }: Parts, { llm }: KeyFields): object => ({
  ...(llm?.enabled ? llm : {}),
  ...present({ providers, models }),
})

function admits({ mode, items = [] }: ChoiceFields, id: string, refs: Refs): boolean {
  const isNamed = items.includes(id) || items.includes(refs[id]?.slug ?? id)
  return mode === 'all' || (mode === 'only' && isNamed) || (mode === 'except' && !isNamed)
}
