import { inspect } from 'node:util'

/**
 * A value that must not be printed. Every way JavaScript turns a value into text (template strings, JSON, console,
 * the logger) yields the label instead; `reveal()` is the one way out and easy to search for.
 */
export class Secret {
  readonly #value: string
  readonly label: string

  constructor(value: string, label = 'secret') {
    this.#value = value
    this.label = label
  }

  /** The value itself. Call it where the bytes leave for their one destination, nowhere else. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return `[${this.label}]`
  }

  toJSON(): string {
    return this.toString()
  }

  [inspect.custom](): string {
    return this.toString()
  }
}
