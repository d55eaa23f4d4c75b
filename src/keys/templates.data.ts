import type { KeyTemplate } from './copies/schema.ts'

/** Where to begin: bodies for `POST /keys` that any organization takes. What they open is cut by their owner's rights. */
export const keyTemplates: readonly KeyTemplate[] = [
  {
    id: 'ci',
    name: 'CI',
    description: 'A pipeline without a person at it: tools of every server, no models, a new secret every 90 days.',
    key: {
      name: 'CI',
      description: 'Used by a pipeline',
      mcp: { servers: { mode: 'all' } },
      expiresIn: '90d',
      tags: ['ci'],
    },
  },
  {
    id: 'claude-code',
    name: 'Claude Code',
    description: 'Claude Code on one machine: tools of every server and every model.',
    key: {
      name: 'Claude Code',
      description: 'Used by Claude Code',
      mcp: { servers: { mode: 'all' } },
      llm: { providers: { mode: 'all' } },
      expiresIn: '180d',
      tags: ['claude-code'],
    },
  },
  {
    id: 'cursor',
    name: 'Cursor',
    description: 'Cursor on one machine: tools of every server, no models.',
    key: {
      name: 'Cursor',
      description: 'Used by Cursor',
      mcp: { servers: { mode: 'all' } },
      expiresIn: '180d',
      tags: ['cursor'],
    },
  },
  {
    id: 'agent',
    name: 'Agent',
    description:
      'A program that acts by itself: tools and models, refused within seconds wherever a gateway loses contact, over in 30 days.',
    key: {
      name: 'Agent',
      description: 'Used by an autonomous agent',
      mcp: { servers: { mode: 'all' } },
      llm: { providers: { mode: 'all' } },
      maxStalenessSeconds: 5,
      expiresIn: '30d',
      tags: ['agent'],
    },
  },
]
