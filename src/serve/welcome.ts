/** What a person sees when the product is ready. Goes to stderr: stdout carries the log, one JSON object a line. */

type Ready = {
  readonly version: string
  readonly gateway: string
  readonly control: string
  readonly dataDir: string
  readonly setupLink: string | null
  readonly hasBootstrapToken: boolean
  readonly seconds: number
}

export function welcome({ version, gateway, control, dataDir, setupLink, hasBootstrapToken, seconds }: Ready): string {
  const standard = control === 'http://127.0.0.1:8421'
  return `
Ostiary ${version} is ready (${seconds.toFixed(1)} s).

  Gateway  ${gateway}   AI clients call this one
  Control  ${control}   dashboard, REST, command line
  Data     ${dataDir}
  Servers  may be public or on this machine; for others: ostiary policies set --private-networks …
${signIn(setupLink, hasBootstrapToken)}
Next, in the dashboard (${control}/dashboard/), or in another terminal in this directory:
${standard ? '' : `\n  export OSTIARY_URL=${control}`}
  export OSTIARY_TOKEN=${setupLink === null ? '<management token>' : `"$(npm run -s ostiary -- setup '${setupLink}')"`}
  npm run -s ostiary -- servers add everything -- npx -y @modelcontextprotocol/server-everything
  export KEY="$(npm run -s ostiary -- keys create "My first key" --servers everything --quiet)"
  npx @modelcontextprotocol/inspector --cli ${gateway}/mcp-connect/everything --transport http \\
    --header "Authorization: Bearer $KEY" --method tools/call --tool-name echo --tool-arg message=hello

Ctrl-C stops it.
`
}

const signIn = (setupLink: string | null, hasBootstrapToken: boolean): string => {
  if (setupLink !== null)
    return `
First start: open this link in a browser to choose a password; the dashboard goes on from there. It works once, for 30 minutes:

  ${setupLink}

Who stays in the terminal redeems it there instead, with the first of the commands below.
`
  return hasBootstrapToken ? '\nThe bootstrap token of the configuration signs in as owner.\n' : ''
}
