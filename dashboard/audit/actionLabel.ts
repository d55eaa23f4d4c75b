import { translator } from '../texts.ts'
import { actions } from './actions.data.ts'

const t = translator(actions)
const isKnown = (action: string): action is keyof typeof actions => Object.hasOwn(actions, action)

/** What an action is called on a screen; what a newer control has written stays as it is. */
export const actionLabel = (action: string): string => (isKnown(action) ? t(action) : action)

/** For pickers, by their words. */
export const actionOptions = (): { value: string; label: string }[] =>
  Object.keys(actions)
    .map((value) => ({ value, label: actionLabel(value) }))
    .toSorted((one, other) => one.label.localeCompare(other.label))
