package chat.samara.server.core.account;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserDevice;

/**
 * A registered device.
 *
 * @param who the member and the device
 * @param identityKey the member's identity key, as the certificate gives it
 * @param signatureKey the device's MLS signature key
 * @param certificate an encoded DeviceCertificate
 */
public record Device(UserDevice who, Bytes identityKey, Bytes signatureKey, Bytes certificate) {}
