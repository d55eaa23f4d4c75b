import { Button, Fieldset, Group, SegmentedControl, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import type { Refusal } from '../../api.ts'
import { translator } from '../../texts.ts'
import { Usd } from '../../ui/Usd.tsx'
import { fieldError } from '../../ui/useChange.ts'
import type { PriceView } from '../answers.ts'
import { texts } from '../texts.data.ts'
import { emptyPrice, type PriceDraft, type PriceField } from './model-draft.ts'

const t = translator(texts)

type Props = {
  readonly prices: readonly PriceDraft[]
  readonly onChange: (prices: readonly PriceDraft[]) => void
  /** What the price list says, where it knows the model. */
  readonly listed: PriceView | null
  readonly refusal: Refusal | null
  /** Of the model in the body that is sent. */
  readonly pointer: string
}

/** Whose price counts: the list's, or one's own, which may change on a day. */
export function PriceFields({ prices, onChange, listed, refusal, pointer }: Props) {
  const isOwn = prices.length > 0
  const first = listed
    ? { ...emptyPrice, inputPerMillion: listed.inputPerMillion, outputPerMillion: listed.outputPerMillion }
    : emptyPrice
  return (
    <Stack gap="sm">
      <Stack gap={4}>
        <Text size="sm" fw={600} id="whose-price" component="span">
          {t('whosePrice')}
        </Text>
        <SegmentedControl
          aria-labelledby="whose-price"
          data={[
            { value: 'list', label: t('listPrice') },
            { value: 'own', label: t('ownPrice') },
          ]}
          value={isOwn ? 'own' : 'list'}
          onChange={(whose) => onChange(whose === 'own' ? [first] : [])}
        />
      </Stack>
      {!isOwn && <Listed listed={listed} />}
      {prices.map((price, at) => (
        <OnePrice
          // biome-ignore lint/suspicious/noArrayIndexKey: a price is where it stands; all of it can be typed anew
          key={at}
          price={price}
          n={at + 1}
          onChange={(patch) => onChange(prices.map((one, other) => (other === at ? { ...one, ...patch } : one)))}
          {...(prices.length > 1 ? { onRemove: () => onChange(prices.toSpliced(at, 1)) } : {})}
          errorOf={(name) =>
            fieldError(refusal, prices.length > 1 ? `${pointer}/prices/${at}/${name}` : `${pointer}/price/${name}`)
          }
        />
      ))}
      {isOwn && (
        <div>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange([...prices, { ...(prices.at(-1) ?? emptyPrice), from: '' }])}
          >
            {t('addPrice')}
          </Button>
        </div>
      )}
    </Stack>
  )
}

const Listed = ({ listed }: Pick<Props, 'listed'>) => (
  <Text size="sm" c="dimmed">
    {listed ? (
      <>
        {t('listNow')}: {t('input')} <Usd usd={listed.inputPerMillion} />, {t('output')}{' '}
        <Usd usd={listed.outputPerMillion} /> ({t('perMillion')})
      </>
    ) : (
      <>
        {t('noPrice')}. {t('noPriceHint')}
      </>
    )}
  </Text>
)

type OneProps = {
  readonly price: PriceDraft
  readonly n: number
  readonly onChange: (patch: Partial<PriceDraft>) => void
  readonly onRemove?: () => void
  readonly errorOf: (name: PriceField | 'from') => string | undefined
}
/** What is left out costs what stands there in grey. */
const fields = [
  ['inputPerMillion', 'inputPerMillion', null],
  ['outputPerMillion', 'outputPerMillion', null],
  ['cachedInputPerMillion', 'cachedInputPerMillion', 'asInput'],
  ['cacheWritePerMillion', 'cacheWritePerMillion', 'asInput'],
  ['reasoningPerMillion', 'reasoningPerMillion', 'asOutput'],
  ['perCall', 'perCallUsd', 'nothing'],
] as const

function OnePrice({ price, n, onChange, onRemove, errorOf }: OneProps) {
  return (
    <Fieldset legend={t('priceN', { n })}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {fields.map(([name, label, usual]) => (
          <TextInput
            key={name}
            label={t(label)}
            leftSection={<span aria-hidden>$</span>}
            inputMode="decimal"
            value={price[name]}
            onChange={(event) => onChange({ [name]: event.currentTarget.value })}
            error={errorOf(name)}
            required={usual === null}
            {...(usual === null ? {} : { placeholder: t(usual) })}
          />
        ))}
        <TextInput
          label={t('from')}
          description={t('fromHint')}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          type="datetime-local"
          value={price.from}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
          error={errorOf('from')}
        />
      </SimpleGrid>
      {onRemove && (
        <Group justify="flex-end" mt="xs">
          <Button size="xs" variant="subtle" color="red" onClick={onRemove}>
            {t('removePrice')}
          </Button>
        </Group>
      )}
    </Fieldset>
  )
}
