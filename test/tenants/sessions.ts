import type { Answer, Running } from './control.ts'

/** A browser that somebody has signed in with: its cookie, and the token that its pages send along. */
export type Signed = { readonly cookie: string; readonly csrf: string }

const cookieOf = (answer: Response): string => (answer.headers.getSetCookie()[0] ?? '').split(';', 1)[0] ?? ''

/** What a browser sends from a page of control. */
export const fromOwnPage = ({ cookie, csrf }: Signed): Record<string, string> => ({
  cookie,
  'ostiary-csrf': csrf,
  'sec-fetch-site': 'same-origin',
})

/** Signs in, to the end of what the password alone opens. */
export async function signIn(control: Running, email: string, password: string): Promise<Signed> {
  const answer = await control.send('POST /sessions', {}, { email, password })
  const { status, body, text } = await control.readOf(answer)
  if (status !== 201) throw new Error(`signing in answered ${status}: ${text}`)
  return { cookie: cookieOf(answer), csrf: body.csrfToken }
}

export const askAs = async (
  control: Running,
  signed: Signed,
  line: string,
  body?: object,
  more: Readonly<Record<string, string>> = {},
): Promise<Answer> => control.readOf(await control.send(line, { ...fromOwnPage(signed), ...more }, body))
