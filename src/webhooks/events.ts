/** Does a list of names want this event? `*` wants all, `key.*` all whose name begins with `key.`. */
export const wants = (names: readonly string[], action: string): boolean =>
  names.some((name) => name === '*' || name === action || (name.endsWith('.*') && action.startsWith(name.slice(0, -1))))
