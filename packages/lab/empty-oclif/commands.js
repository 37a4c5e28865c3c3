import { Command } from '@oclif/core'

class Nothing extends Command {
  static summary = 'do nothing'

  async run() {
    await this.parse(Nothing)
  }
}

export const commands = { nothing: Nothing }
