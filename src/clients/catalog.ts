import { placesOf } from './places.data.ts'
import type { Client, ClientId } from './schema.ts'
import { programs } from './snippets.data.ts'

/** Where people are told that the settings are; of those with a place for each system, that of macOS. */
const fileOf = (id: ClientId): string | null => {
  const places = placesOf[id]
  if (places === undefined) return null
  return places.shown === 'project' ? places.project : places.user.darwin
}

/** Every client that there are snippets for. */
export const clients: readonly Client[] = programs.map((program) => ({ ...program, file: fileOf(program.id) }))
