import type { SealedEvent } from '../../audit/store.ts'
import { Choice } from '../../keys/schema.ts'

type Admits = (choice: Choice, gateway: string) => boolean

/**
 * Whether an event about a key is one for this gateway: the key may be used there now, or could be before or after
 * what the event tells of.
 */
export function concerns(admits: Admits, gateway: string, choice: Choice | undefined, event: SealedEvent): boolean {
  if (choice && admits(choice, gateway)) return true
  return [event.before, event.after].flatMap(choicesIn).some((told) => admits(told, gateway))
}

const choicesIn = (told: unknown): Choice[] => {
  const fields = memberOf(told, 'scope') ?? told
  const parsed = Choice.safeParse(memberOf(fields, 'gateways'))
  return parsed.success ? [parsed.data] : []
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
