package chat.samara.mls.credential;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import java.util.Optional;

/**
 * A credential that is about to be introduced into a group (RFC 9420 §5.3.1), for the authentication service to judge.
 *
 * @param credential which presents identifiers
 * @param signatureKey that it is presented with, encoded as the suite's signature scheme does
 * @param suite of the group or KeyPackage
 * @param event what brings it
 * @param replaced the credential in whose place it is to be; empty for somebody new
 */
public record PresentedCredential(
        Credential credential,
        Bytes signatureKey,
        CipherSuite suite,
        CredentialEvent event,
        Optional<Credential> replaced) {}
