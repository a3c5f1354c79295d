package chat.samara.mls.framing;

import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.SecretTree;

/**
 * What an epoch's PrivateMessages are protected with (RFC 9420 §6.3).
 *
 * @param context which the signatures cover
 * @param senderDataSecret encrypts who sends
 * @param secretTree encrypts what is sent
 */
public record MessageKeys(CipherSuite suite, GroupContext context, Secret senderDataSecret, SecretTree secretTree) {}
