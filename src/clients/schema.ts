import { z } from 'zod'

/** Wire types of the snippets that tell AI clients where the gateway is. */

export const ClientId = z.enum([
  'claude-code',
  'claude-desktop',
  'claude-ai',
  'cursor',
  'vscode',
  'codex',
  'gemini-cli',
  'mcp-remote',
  'inspector',
  'curl',
])
export type ClientId = z.infer<typeof ClientId>

export const SnippetLanguage = z.enum(['json', 'toml', 'shell', 'text'])
export type SnippetLanguage = z.infer<typeof SnippetLanguage>

export const Client = z.strictObject({
  id: ClientId,
  title: z.string(),
  /** Without headers only a URL key works. */
  sendsHeaders: z.boolean(),
  language: SnippetLanguage,
  /** Where its settings are, as people write it; null: there is no such file. */
  file: z.string().nullable(),
})
export type Client = z.infer<typeof Client>

/** What the client calls the server. Some put it before each tool, so it is short and plain. */
export const entryName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/)

export const SnippetQuery = z.strictObject({
  /** Id or slug; without it the snippet is about all servers of the key. */
  server: z.string().max(200).optional(),
  /** Id of the key that it is for: of its kind depends the address. */
  key: z.string().max(64).optional(),
  gateway: z.string().max(64).optional(),
  name: entryName.optional(),
})
export type SnippetQuery = z.infer<typeof SnippetQuery>

export const Snippet = z.strictObject({
  client: ClientId,
  title: z.string(),
  language: SnippetLanguage,
  file: z.string().nullable(),
  /** What the client calls the server. */
  name: entryName,
  /** Holds no secret, only where it comes from. */
  text: z.string(),
  /** The environment variable, or the input, that holds the key. */
  variable: z.string(),
  /** False: the client reads no variable at that place, so the words `${variable}` have to be replaced by hand. */
  complete: z.boolean(),
  steps: z.array(z.string()),
  notes: z.array(z.string()),
})
export type Snippet = z.infer<typeof Snippet>
