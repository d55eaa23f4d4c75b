import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'

/** Those who sign in, in a thread of their own so that the clock of the measurement does not wait for them. */
const Crowd = z.object({
  url: z.string(),
  people: z.array(z.object({ email: z.string(), password: z.string() })),
  browsers: z.int(),
})
const { url, people, browsers } = Crowd.parse(workerData)

/** Each browser from an address of its own, as a crowd of people has. */
async function signIn(at: number): Promise<number> {
  const answer = await fetch(`${url}/api/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${at % 250}` },
    body: JSON.stringify(people[at % people.length]),
  })
  await answer.arrayBuffer()
  return answer.status
}

parentPort?.on('message', async () => {
  const begun = performance.now()
  const statuses = await Promise.all(Array.from({ length: browsers }, (_, at) => signIn(at)))
  const refused = statuses.filter((status) => status !== 201).length
  parentPort?.postMessage({ refused, seconds: (performance.now() - begun) / 1000 })
})
