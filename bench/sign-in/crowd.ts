import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'

/** Those who sign in, in a thread of their own so that the clock of the measurement does not wait for them. */
const Crowd = z.object({
  url: z.string(),
  people: z.array(z.object({ email: z.string(), password: z.string() })),
  browsers: z.int(),
})
const { url, people, browsers } = Crowd.parse(workerData)
// In life two hundred browsers run on machines of their own. On Linux this is the thread alone.
if (process.platform === 'linux') setPriority(0, 10)

/** Each browser from an address of its own, as a crowd of people has. */
async function signIn(at: number): Promise<{ status: number; seconds: number }> {
  const begun = performance.now()
  const answer = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${at % 250}` },
    body: JSON.stringify(people[at % people.length]),
  })
  await answer.arrayBuffer()
  return { status: answer.status, seconds: (performance.now() - begun) / 1000 }
}

parentPort?.on('message', async () => {
  const answers = await Promise.all(Array.from({ length: browsers }, (_, at) => signIn(at)))
  const refused = answers.filter(({ status }) => status !== 201).length
  parentPort?.postMessage({ refused, seconds: answers.map(({ seconds }) => seconds) })
})
