import { Accordion, Text } from '@mantine/core'
import type { RequestView } from '../../../src/requests/schema.ts'
import { useMay } from '../../session/session.tsx'
import { translator } from '../../texts.ts'
import { ExplainCall } from '../access/ExplainCall.tsx'
import { ConnectClient } from './ConnectClient.tsx'
import { FirstCall } from './FirstCall.tsx'
import { ModelSettings } from './ModelSettings.tsx'
import type { RevealAnswer, ShownOnce } from './shownOnce.ts'
import { texts } from './texts.data.ts'

const t = translator(texts)

type Props = { readonly answer: RevealAnswer; readonly shown: ShownOnce }

/** What comes next for whoever holds the secret: settings of clients, the first call, and a test without one. */
export function AfterReveal({ answer, shown }: Props) {
  const may = useMay()
  if (shown.kind === 'claim' || shown.kind === 'rotatedClaim' || shown.kind === 'lost') return null
  const { key } = answer
  return (
    <>
      {may('requests:read') !== 'none' && <FirstCall keyId={key.id} isIt={callOf(answer)} />}
      <Accordion variant="contained" order={3}>
        <Accordion.Item value="connect">
          <Accordion.Control>{t('connect')}</Accordion.Control>
          <Accordion.Panel>
            {!key.mcp.enabled && !key.llm.enabled && <Text size="sm">{t('noMcp')}</Text>}
            {key.mcp.enabled && <ConnectClient keyView={key} />}
            {key.llm.enabled && key.kind === 'key' && <ModelSettings keyId={key.id} />}
          </Accordion.Panel>
        </Accordion.Item>
        {may('access:read') !== 'none' && (
          <Accordion.Item value="test">
            <Accordion.Control>{t('test')}</Accordion.Control>
            <Accordion.Panel>
              <Text size="sm">{t('testAbout')}</Text>
              <ExplainCall keyId={key.id} />
            </Accordion.Panel>
          </Accordion.Item>
        )}
      </Accordion>
    </>
  )
}

/** The newest secret is the one that was shown. */
const callOf = ({ key, child }: RevealAnswer): ((request: RequestView) => boolean) => {
  if (child) return (request) => request.child === child.id
  const version = Math.max(0, ...key.secrets.map((secret) => secret.version))
  return (request) => request.child === null && request.secretVersion === version
}
