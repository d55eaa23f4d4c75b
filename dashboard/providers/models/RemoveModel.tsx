import type { ProviderView } from '../../../src/providers/schema.ts'
import { ask } from '../../api.ts'
import { translator } from '../../texts.ts'
import { ConfirmChange } from '../../ui/ConfirmChange.tsx'
import type { ChangedProvider } from '../answers.ts'
import { texts } from '../texts.data.ts'

const t = translator(texts)

type Props = { readonly provider: ProviderView; readonly id: string; readonly onClose: () => void }

export const RemoveModel = ({ provider, id, onClose }: Props) => (
  <ConfirmChange
    title={t('removeModel')}
    text={t('removeModelText', { name: id })}
    submit={t('removeModel')}
    isDangerous
    run={() =>
      ask<ChangedProvider>(`PATCH /providers/${provider.id}`, {
        body: { models: provider.models.filter((model) => model.id !== id) },
        revision: provider.revision,
      })
    }
    refreshes={['providers']}
    said={t('modelRemoved')}
    done={onClose}
    onClose={onClose}
  />
)
