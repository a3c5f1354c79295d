package chat.samara.mls.crypto.conscrypt;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** A point of the curve of Ed25519, by school arithmetic: to make what no honest signer makes. */
record EdwardsPoint(BigInteger x, BigInteger y) {
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
    static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    private static final BigInteger D = BigInteger.valueOf(-121665)
            .multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);

    static final EdwardsPoint NEUTRAL = new EdwardsPoint(BigInteger.ZERO, BigInteger.ONE);
    static final EdwardsPoint BASE = new EdwardsPoint(
            new BigInteger("15112221349535400772501151409588531511454012693041857206046113283949847762202"),
            BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P));

    EdwardsPoint plus(EdwardsPoint other) {
        BigInteger product = D.multiply(x).multiply(other.x).multiply(y).multiply(other.y);
        BigInteger newX = x.multiply(other.y)
                .add(y.multiply(other.x))
                .multiply(BigInteger.ONE.add(product).modInverse(P))
                .mod(P);
        BigInteger newY = y.multiply(other.y)
                .add(x.multiply(other.x))
                .multiply(BigInteger.ONE.subtract(product).modInverse(P))
                .mod(P);
        return new EdwardsPoint(newX, newY);
    }

    EdwardsPoint times(BigInteger scalar) {
        EdwardsPoint sum = NEUTRAL;
        for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
            sum = sum.plus(sum);
            if (scalar.testBit(bit)) {
                sum = sum.plus(this);
            }
        }
        return sum;
    }

    byte[] encoded() {
        return encoding(y, x.testBit(0));
    }

    /** Any y, also one that is not reduced, with any sign bit. */
    static byte[] encoding(BigInteger y, boolean sign) {
        byte[] bytes = littleEndian(y);
        if (sign) {
            bytes[31] |= (byte) 0x80;
        }
        return bytes;
    }

    static byte[] littleEndian(BigInteger number) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = number.shiftRight(8 * i).byteValue();
        }
        return bytes;
    }

    static BigInteger littleEndian(byte[] bytes) {
        byte[] bigEndian = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            bigEndian[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, bigEndian);
    }

    /** The eight points whose order divides 8, the neutral one first. */
    static List<EdwardsPoint> ofSmallOrder() {
        EdwardsPoint generator = new EdwardsPoint(BigInteger.ZERO, BigInteger.ONE);
        // The order of a point's product with the group's odd part divides 8; for half of all points it is 8.
        for (int y = 2; generator.times(BigInteger.valueOf(4)).equals(NEUTRAL); y++) {
            BigInteger square = BigInteger.valueOf(y).pow(2);
            BigInteger xSquare = square.subtract(BigInteger.ONE)
                    .multiply(D.multiply(square).add(BigInteger.ONE).modInverse(P))
                    .mod(P);
            BigInteger root = squareRoot(xSquare);
            if (root.multiply(root).mod(P).equals(xSquare)) {
                generator = new EdwardsPoint(root, BigInteger.valueOf(y)).times(ORDER);
            }
        }
        List<EdwardsPoint> points = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            points.add(generator.times(BigInteger.valueOf(i)));
        }
        return points;
    }

    private static BigInteger squareRoot(BigInteger square) {
        BigInteger root = square.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (root.multiply(root).mod(P).equals(square)) {
            return root;
        }
        BigInteger ofMinusOne = BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P);
        return root.multiply(ofMinusOne).mod(P);
    }
}
