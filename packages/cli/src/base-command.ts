import { Command, Flags } from '@oclif/core'
import { CommandError, declined, failureJson, failureOf, failureText } from './failure.ts'
import { defaultConfig, usualConfig } from './places.ts'

/**
 * What all commands share: `--config` and `--json`, errors that name the next step, exit codes, questions.
 * `run()` returns a typed object; what people read is a view of it.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true
  static override baseFlags = {
    config: Flags.string({
      summary: `node.yaml of this node; ~/.config/movip/node.yaml of a user who has one, else ${defaultConfig}`,
      env: 'MOVIP_CONFIG',
      default: () => Promise.resolve(usualConfig()),
      // The manifest must not remember what it was on the machine that made it.
      noCacheDefault: true,
      helpValue: 'file',
      helpGroup: 'GLOBAL',
    }),
  }

  protected override catch(error: unknown): Promise<void> {
    const failure = failureOf(error)
    process.exitCode = failure.exitCode
    if (this.jsonEnabled()) this.logJson(failureJson(failure))
    else this.logToStderr(failureText(failure))
    return Promise.resolve()
  }

  /** Plain JSON: colours would be lost on programs. */
  protected override logJson(json: unknown): void {
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`)
  }

  /** Asks on a terminal before something that cannot be taken back; a program that calls us has decided already. */
  protected async confirm(message: string, yes: boolean): Promise<void> {
    if (yes || !process.stdin.isTTY || !process.stderr.isTTY) return
    const { confirm } = await import('@inquirer/prompts')
    const agreed = await confirm({ message, default: false }, { output: process.stderr })
    if (!agreed) throw new CommandError(declined)
  }
}
