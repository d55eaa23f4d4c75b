/** Takes the bytes as they came: parsed and written again they have another signature. */
export const receiver = `import { Webhook } from 'standardwebhooks'

const webhook = new Webhook(process.env.WEBHOOK_SECRET)
// body: the bytes as they came, headers: of the request
const { type, data } = webhook.verify(body, headers)`
