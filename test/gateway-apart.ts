import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Peopled } from './peopled.ts'
import { eventually, startNode } from './programs.ts'

export type GatewayApart = {
  readonly id: string
  readonly url: string
  readonly dataDir: string
  readonly stop: () => Promise<void>
}
type Place = { readonly make: Peopled['make']; readonly product: Pick<Peopled['product'], 'controlUrl' | 'rest'> }

const settings = { OSTIARY_GATEWAY_PORT: '0' }

/** A gateway in a process of its own, of the organization of whoever enrols it; ready when this resolves. */
export async function startGatewayApart(of: Place, name: string, token?: string): Promise<GatewayApart> {
  // A gateway that runs apart calls nothing beside it, unless the organization lists it: here all servers are on this machine.
  const who = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const listed = await of.product.rest('PATCH', '/policies', { privateNetworks: ['127.0.0.0/8'] }, who)
  if (listed.status !== 200) throw new Error(`the networks were not taken: ${listed.text}`)
  const { gateway, enrolmentToken } = await of.make('/gateways', { name }, token)
  const folder = await mkdtemp(join(tmpdir(), 'ostiary-gateway-'))
  const program = startNode(['src/main.ts', 'gateway', '--data-dir', folder], {
    ...settings,
    OSTIARY_CONTROL_URL: of.product.controlUrl,
    OSTIARY_ENROLMENT_TOKEN: enrolmentToken,
  })
  const stop = async () => {
    await program.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  try {
    const [, url = ''] = await program.says(/Ostiary gateway listens on (\S+)/, 60_000)
    await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, `${name} is ready`)
    return { id: gateway.id, url, dataDir: folder, stop }
  } catch (error) {
    // Else it would outlive whoever waits for it.
    await stop()
    throw error
  }
}
