import * as values from './config-values.ts'

/** Settings about gateways that are not `serve`'s own, and how gateways reach each other. */
export const fleetSettings = {
  fleetHost: {
    env: 'OSTIARY_FLEET_HOST',
    group: 'fleet',
    summary: "Address of a listener of its own for gateways apart. It uses control's certificate.",
    must: 'an IP address or a host name',
    from: values.host,
    fallback: '127.0.0.1',
  },
  fleetPort: {
    env: 'OSTIARY_FLEET_PORT',
    group: 'fleet',
    summary: "Port of that listener. Not set: the feed is on control's listener, for loopback peers only.",
    must: 'a whole number from 0 to 65535',
    from: values.port,
    fallback: null,
  },
  controlUrl: {
    env: 'OSTIARY_CONTROL_URL',
    group: 'fleet',
    summary: 'On gateways apart: where the feed is.',
    must: 'an http(s) address without a path, such as https://ostiary.example.com:8422',
    from: values.origin,
    fallback: null,
  },
  gatewayPeerUrl: {
    env: 'OSTIARY_GATEWAY_PEER_URL',
    group: 'fleet',
    summary:
      'On gateways apart: where other gateways reach this one (default: its public URL). Needed when several share a public address.',
    must: 'an http(s) address without a path, such as https://gateway-1.example.com:8420',
    from: values.origin,
    fallback: null,
  },
  enrolmentToken: {
    env: 'OSTIARY_ENROLMENT_TOKEN',
    group: 'fleet',
    summary:
      'On gateways apart, first start only: the token that POST /gateways gave; kept in the data directory then.',
    must: 'a gateway token (ostg_…)',
    from: values.secret('enrolment token', values.gatewayToken),
    fallback: null,
    secret: true,
  },
} as const satisfies Record<string, values.Setting>
