import type { Choice } from '../../src/keys/schema.ts'

export type Mode = Choice['mode']
export const modes: readonly Mode[] = ['all', 'none', 'only', 'except']

export const itemsOf = (choice: Choice): readonly string[] =>
  choice.mode === 'only' || choice.mode === 'except' ? choice.items : []

/** Names outlive a look at another mode only if they are kept beside it: the form does that. */
export const choiceOf = (mode: Mode, items: readonly string[]): Choice =>
  mode === 'only' || mode === 'except' ? { mode, items: [...items] } : { mode }

/** Whether it lets nothing through. */
export const isNothing = (choice: Choice): boolean =>
  choice.mode === 'none' || (choice.mode === 'only' && choice.items.length === 0)
