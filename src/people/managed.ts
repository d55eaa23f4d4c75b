import { refuse } from '../problems.ts'
import type { Actor } from './schema.ts'

/** What a configuration may keep (`ostiary apply`); null: nobody but whoever has the right. */
export type Managed = { readonly managedBy: string | null }
type Asking = Pick<Actor, 'configuration'>

/**
 * What a configuration manages is read-only elsewhere: a change by hand would be taken back by the next apply, and until
 * then the files would not say what is. A guard against slips, no right: whoever may change it may speak for its configuration.
 */
export const refusalOfManaged = (
  { configuration }: Asking,
  { managedBy }: Managed,
): ReturnType<typeof refuse> | null =>
  managedBy === null || managedBy === configuration
    ? null
    : refuse('managed_elsewhere', {
        detail:
          `The configuration ${managedBy} manages this: change it in its files and apply them again, ` +
          'or take it out of them and run `ostiary apply --release`.',
      })

/** Who keeps it after a change that was not refused: whose change it is, unless it lets go of it. */
export const managedAfter = (
  { configuration }: Asking,
  patch: { readonly managedBy?: null | undefined },
): string | null => (patch.managedBy === null ? null : (configuration ?? null))
