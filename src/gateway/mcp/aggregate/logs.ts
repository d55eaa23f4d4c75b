/** RFC 5424 §6.2.1, from the quietest to the loudest. */
const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']

/** A level that nobody knows passes: to hide what is told is worse than to tell too much. */
export const isLoudEnough = (level: unknown, wanted: string): boolean =>
  typeof level !== 'string' || !levels.includes(level) || levels.indexOf(level) >= levels.indexOf(wanted)
