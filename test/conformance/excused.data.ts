/** What a check may say otherwise at the address of all servers, and the line of the specification that lets it. */
export type Excuse = {
  readonly check: string
  /** The one verdict that it may have there; any other counts. */
  readonly verdict: string
  readonly specification: string
  readonly why: string
}

export const excused: readonly Excuse[] = [
  {
    check: 'server-sse-polling › server-sse-disconnect-resume › ServerDisconnectResume',
    verdict: 'INFO',
    specification:
      'https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#sending-messages-to-the-server, 6: "After the server has sent an SSE event with an event ID to the client, the server MAY close the connection (without terminating the SSE stream) at any time"',
    why: 'The stream to the client is ours, and stays open until the answer is in it: when a server closes its own, we reconnect to it and the client need not.',
  },
]
