"""What covers a face: hands, held objects, other people, leaves."""
