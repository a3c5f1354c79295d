/**
 * The interactive conversation. The person types on the main thread; messages come on the SDK's callback thread;
 * {@link chat.samara.cli.chat.ChatScreen} lets one of them at a time write.
 */
@NullMarked
package chat.samara.cli.chat;

import org.jspecify.annotations.NullMarked;
