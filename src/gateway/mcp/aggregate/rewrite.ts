import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import { nameFor } from './names.ts'
import { uriFor } from './uris.ts'

/**
 * What servers say, with our names and URIs in it and every other member as it is. Nothing is parsed by a schema: what
 * one does not know it would take away.
 */
export const toolFor = (slug: string, tool: Members): Members => withMeta(slug, named(slug, tool))
export const promptFor = (slug: string, prompt: Members): Members => named(slug, prompt)
export const resourceFor = (slug: string, resource: Members): Members => withMeta(slug, located(slug, resource))
export const templateFor = (slug: string, template: Members): Members => located(slug, template, 'uriTemplate')

/** Of `tools/call`, `prompts/get` and `resources/read`. */
export function resultFor(slug: string, result: Members): Members {
  const { content, contents, messages } = result
  return withMeta(slug, {
    ...result,
    ...(Array.isArray(content) ? { content: content.map((block) => blockFor(slug, block)) } : {}),
    ...(Array.isArray(contents) ? { contents: contents.map((one) => resourceIn(slug, one)) } : {}),
    ...(Array.isArray(messages) ? { messages: messages.map((message) => messageFor(slug, message)) } : {}),
  })
}

const named = (slug: string, entry: Members): Members =>
  typeof entry['name'] === 'string' ? { ...entry, name: nameFor(slug, entry['name']) } : entry

const located = (slug: string, entry: Members, member = 'uri'): Members => {
  const uri = entry[member]
  return typeof uri === 'string' ? { ...entry, [member]: uriFor(slug, uri) } : entry
}

const resourceIn = (slug: string, value: unknown): unknown => (isMembers(value) ? resourceFor(slug, value) : value)

function blockFor(slug: string, block: unknown): unknown {
  if (!isMembers(block)) return block
  if (block['type'] === 'resource_link') return resourceFor(slug, block)
  return block['type'] === 'resource' ? { ...block, resource: resourceIn(slug, block['resource']) } : block
}

function messageFor(slug: string, message: unknown): unknown {
  if (!isMembers(message)) return message
  const { content } = message
  const ours = Array.isArray(content) ? content.map((block) => blockFor(slug, block)) : blockFor(slug, content)
  return { ...message, content: ours }
}

/** MCP Apps name what they show in `_meta`: today's member, the older flat one, and that of another kind of app. */
function withMeta(slug: string, entry: Members): Members {
  const meta = entry['_meta']
  if (!isMembers(meta)) return entry
  const ui = membersOf(meta['ui'])
  let ours = typeof ui['resourceUri'] === 'string' ? { ...meta, ui: located(slug, ui, 'resourceUri') } : meta
  for (const flat of ['ui/resourceUri', 'openai/outputTemplate']) ours = located(slug, ours, flat)
  return { ...entry, _meta: ours }
}
