import { secretName } from '../../../credentials/secret-name.ts'
import type { Secret } from '../../../secret.ts'
import { formsOf, redactText } from '../scan.ts'

/**
 * What a child writes to stderr may quote its own environment. Values that were declared for it are taken out by
 * value, the longest first so that a value inside another one leaves no rest behind.
 */
export const withoutValues = (text: string, values: readonly string[]): string =>
  values
    .filter((value) => value.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, value) => rest.replaceAll(value, '[redacted]'), text)

/**
 * Takes the secrets that a child was given out of each line it answers with (G6): of a URL the password, else what a name
 * says is one. Without a hit the line is the line.
 */
export function createLineRedaction(env: Readonly<Record<string, string>>): (line: string) => string {
  const secrets = Object.entries(env).flatMap(([name, value]) => [
    ...(secretName.test(name) ? [value] : []),
    ...passwordsIn(value),
  ])
  const forms = secrets.filter((secret) => secret.length >= shortestSecret).flatMap(formsInJson)
  return forms.length === 0 ? (line) => line : (line) => redactText(line, forms)
}

/** Takes the credential of a call, null: none, out of the JSON that comes back (G6). */
export function createCredentialRedaction(credential: Secret | null): (text: string) => string {
  const forms = credential === null ? [] : formsOfCredential(credential)
  return (text) => redactText(text, forms)
}

const known = new WeakMap<Secret, readonly Buffer[]>()

function formsOfCredential(credential: Secret): readonly Buffer[] {
  const held = known.get(credential)
  if (held !== undefined) return held
  const forms = formsInJson(credential.reveal())
  known.set(credential, forms)
  return forms
}

const formsInJson = (secret: string): Buffer[] =>
  formsOf(secret).filter((form) => standsInJson(form.toString(), secret))

/** A value that short stands in answers by accident. */
const shortestSecret = 8

function passwordsIn(value: string): string[] {
  const password = URL.canParse(value) ? new URL(value).password : ''
  return password === '' ? [] : [password, decoded(password)]
}

/** A line is JSON: the bare value with its quotes could only match across the structure, never inside a text. */
const standsInJson = (form: string, secret: string): boolean =>
  form !== secret || JSON.stringify(secret).slice(1, -1) === secret

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
